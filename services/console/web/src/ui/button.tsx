import type { ButtonHTMLAttributes } from 'react'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly size?: 'normal' | 'small'
  /** Says so to screen readers and takes no second click. */
  readonly isBusy?: boolean
}

export function Button({ kind = 'plain', size = 'normal', isBusy = false, className, ...rest }: ButtonProps) {
  const classes = ['button', `is-${kind}`, size === 'small' ? 'is-small' : '', className ?? '']
  return (
    <button
      type="button"
      {...rest}
      className={classes.filter(Boolean).join(' ')}
      aria-busy={isBusy || undefined}
      disabled={rest.disabled || isBusy}
    />
  )
}
