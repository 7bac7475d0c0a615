import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { Me } from '../app/answers.ts'
import { type RequestFailed, request } from '../app/request.ts'
import { useEnter, wasLoggedIn } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { TextInput } from '../ui/field.tsx'
import { WheelIcon } from '../ui/icons.tsx'
import { Loading, ProblemNote } from '../ui/query-state.tsx'

type Credentials = { readonly code: string } | { readonly name: string; readonly password: string }

/** The login by name and password. */
export function LoginPage() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const login = useLogin()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    login.mutate({ name, password })
  }
  return (
    <LoginFrame>
      {wasLoggedIn() && (
        <p className="note" role="status">
          Your login has ended. After logging in again you are where you were.
        </p>
      )}
      <form className="stack" onSubmit={submit}>
        <TextInput label="Name" name="username" autoComplete="username" required value={name} onValue={setName} />
        <TextInput
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onValue={setPassword}
        />
        {login.error && <ProblemNote error={login.error} />}
        <Button type="submit" kind="primary" isBusy={login.isPending}>
          Log in
        </Button>
      </form>
      <p className="soft small">
        No password yet? Open the one-time link that <code>npm start</code>, the console’s log or an administrator gave
        you.
      </p>
    </LoginFrame>
  )
}

/** The login by a one-time link. Its code stands after the `#`, which no browser sends, so no log has it; it leaves the address at once. */
export function LinkLoginPage({ code, onFailed }: { readonly code: string; readonly onFailed: () => void }) {
  const { mutate, error } = useLogin()
  useEffect(() => {
    if (location.hash === '') return
    history.replaceState(null, '', '/login')
    mutate({ code })
  }, [code, mutate])
  return (
    <LoginFrame>
      {error ? (
        <>
          <ProblemNote error={error} />
          <p>
            A link works once and for a limited time. An administrator makes a new one under “Users and tokens”; while
            there is none, a restart of the console does.
          </p>
          <Button onClick={onFailed}>Log in by password</Button>
        </>
      ) : (
        <Loading lines={2} />
      )}
    </LoginFrame>
  )
}

function LoginFrame({ children }: { readonly children: React.ReactNode }) {
  useEffect(() => {
    document.title = 'Log in · Millrace'
  }, [])
  return (
    <main className="login">
      <div className="login-card">
        <h1 className="brand">
          <WheelIcon size={26} /> Millrace console
        </h1>
        {children}
      </div>
    </main>
  )
}

function useLogin() {
  const enter = useEnter()
  const [path, navigate] = useLocation()
  return useMutation<Me, RequestFailed, Credentials>({
    mutationFn: (credentials) => request<Me>('POST', '/api/v1/login', { body: credentials }),
    onSuccess: (me) => {
      enter(me)
      if (path === '/login') navigate('/', { replace: true })
    },
  })
}
