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

async function send(request: Request): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('accept-language', locale())
  if (!SAFE.has(request.method)) headers.set('x-csrf-token', csrfToken())
  try {
    return await fetch(new Request(request, { headers, signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE)]) }))
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
  const answer = await send(request)
  if (answer.status !== 401 || !signInAgain || request.url.endsWith('/sessions')) return answer
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
