import createClient from 'openapi-fetch'
import { locale, t } from '@/words'
import { Problem } from './problem'
import type { paths } from './schema'

const SAFE = new Set(['GET', 'HEAD'])
/** Milliseconds after which a request counts as lost. */
const PATIENCE = 30_000

/** Asks the person to sign in again, and returns when that is done; the session room sets it. */
let signInAgain: (() => Promise<void>) | undefined
export function onSessionEnd(ask: () => Promise<void>): void {
  signInAgain = ask
}

/** The value of the CSRF cookie, which every change must repeat. */
export function csrfToken(): string {
  return /(?:^|; )yihao_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? ''
}

/** Looks whether the page is still the account's it was opened for; the session room sets it. */
let sameAccount: (() => Promise<void>) | undefined
export function onOtherSession(look: () => Promise<void>): void {
  sameAccount = look
}

/** Milliseconds without a key or a touch after which the page asks of its own accord, and no longer for a person. */
const UNTOUCHED = 60_000
let touched = Date.now()
for (const name of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  globalThis.addEventListener?.(name, () => (touched = Date.now()), { capture: true, passive: true })
}

async function send(request: Request): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('accept-language', locale())
  // What live changes load anew must not keep a session awake at a desk its agent has left.
  if (Date.now() - touched > UNTOUCHED) headers.set('x-idle', '1')
  if (!SAFE.has(request.method)) headers.set('x-csrf-token', csrfToken())
  // By hand: `AbortSignal.any` and `timeout` are younger than browsers this is built for. It holds for the content too.
  const patience = new AbortController()
  const give = (): void => patience.abort()
  setTimeout(give, PATIENCE)
  if (request.signal.aborted) give()
  request.signal.addEventListener('abort', give, { once: true })
  try {
    return await fetch(new Request(request, { headers, signal: patience.signal }))
  } catch (error) {
    if (request.signal.aborted) throw error
    throw new Problem(0, 'unreachable', t('common.unreachable'))
  }
}

/**
 * Sends a request. When the session has ended meanwhile the person signs in again over the page, and the same request
 * is sent once more: what was typed is not lost.
 */
async function sendSignedIn(request: Request): Promise<Response> {
  const again = request.clone()
  await sameAccount?.()
  const answer = await send(request)
  if (answer.status !== 401 || !signInAgain || /\/sessions(\/current)?$/.test(request.url)) return answer
  await signInAgain()
  return send(again)
}

/** The API as its description says it is. Paths are those of the OpenAPI document. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: sendSignedIn })

interface Answer<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** The answer's content; refusals are thrown as `Problem`. */
export async function ask<Data>(sent: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await sent
  if (!response.ok) throw Problem.of(response.status, error)
  return data as NonNullable<Data>
}
