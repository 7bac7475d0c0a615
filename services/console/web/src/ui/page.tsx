import { type ReactNode, useEffect, useRef } from 'react'

export interface PageProps {
  readonly title: string
  /** One sentence of what the page is for, where its title does not say it. */
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** One page: sets the window's title and takes the focus, so that a screen reader tells where one has come. */
export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Millrace`
  }, [title])
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <>
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1} className="break">
          {title}
        </h1>
        {actions && <div className="page-actions">{actions}</div>}
        {lead && <p className="page-lead">{lead}</p>}
      </div>
      {children}
    </>
  )
}

export interface PanelProps {
  readonly title: string
  readonly actions?: ReactNode
  /** Without padding, for a table or a chart that reaches the edges. */
  readonly isFlush?: boolean
  readonly children: ReactNode
}

export function Panel({ title, actions, isFlush = false, children }: PanelProps) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {actions}
      </header>
      {isFlush ? children : <div className="panel-body">{children}</div>}
    </section>
  )
}

/** Names and values. Pairs without a value are left out. */
export function Facts({ of }: { readonly of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '')
        .map(([name, value]) => (
          <div key={name} className="facts-pair">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
