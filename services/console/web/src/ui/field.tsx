import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react'
import { useId } from 'react'

interface FieldTexts {
  readonly label: string
  readonly hint?: ReactNode
  /** What is wrong with what was entered; read out when it appears. */
  readonly error?: string | undefined
}

interface FieldIds {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

/** A labelled control with its hint and error tied to it. */
export function Field({
  label,
  hint,
  error,
  children,
}: FieldTexts & { readonly children: (ids: FieldIds) => ReactNode }) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <span className="field-hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span className="field-error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  )
}

type Change = { readonly onValue?: (value: string) => void }

export function TextInput({
  label,
  hint,
  error,
  onValue,
  ...rest
}: FieldTexts & Change & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input {...rest} {...ids} className="input" onChange={(event) => onValue?.(event.target.value)} />}
    </Field>
  )
}

export function TextArea({
  label,
  hint,
  error,
  onValue,
  ...rest
}: FieldTexts & Change & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <textarea {...rest} {...ids} className="input" onChange={(event) => onValue?.(event.target.value)} />}
    </Field>
  )
}

export interface Option {
  readonly value: string
  readonly label: string
}

export function Select({
  label,
  hint,
  error,
  options,
  onValue,
  ...rest
}: FieldTexts & Change & { readonly options: readonly Option[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <select {...rest} {...ids} className="input" onChange={(event) => onValue?.(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function Checkbox({
  label,
  hint,
  error,
  onValue,
  ...rest
}: FieldTexts & { readonly onValue?: (is: boolean) => void } & Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>) {
  const id = useId()
  return (
    <div className="field">
      <span className="row">
        <input
          {...rest}
          id={id}
          type="checkbox"
          aria-describedby={hint || error ? `${id}-hint` : undefined}
          onChange={(event) => onValue?.(event.target.checked)}
        />
        <label htmlFor={id}>{label}</label>
      </span>
      {(hint || error) && (
        <span className={error ? 'field-error' : 'field-hint'} id={`${id}-hint`}>
          {error ?? hint}
        </span>
      )}
    </div>
  )
}
