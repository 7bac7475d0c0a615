import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/query-state.tsx'

interface State {
  readonly error: Error | null
}

/** Keeps the shell when a page breaks. React offers this by a class only. */
export class PageErrors extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    return (
      <div role="alert">
        <Empty title="This page broke.">
          <p>{this.state.error.message}</p>
          <p>After an update of the console a reload is often enough.</p>
          <Button onClick={() => location.reload()}>Reload</Button>
        </Empty>
      </div>
    )
  }
}
