import { computed, ref, shallowRef } from 'vue'
import { api, ask, csrfToken, onOtherSession, onSessionEnd } from '@/api/client'
import { deafen, listen } from '@/api/live'
import { Problem } from '@/api/problem'
import { queries } from '@/api/queries'
import type { Me } from '@/api/schema'

/** Who is signed in; nobody before `begin` has found out. */
export const me = shallowRef<Me>()

/** The present session has ended under the page: the dialog that signs in again is open. */
export const ended = ref(false)

export const roles = computed(() => new Set(me.value?.roles.map(({ role }) => role) ?? []))

/** The account may do nothing before this is done. */
export const owes = computed<'password' | 'totp' | undefined>(() => {
  if (me.value?.must_change_password) return 'password'
  if (me.value?.must_enrol_second_factor) return 'totp'
  return undefined
})

/** The account's roles see orders: only they have a stream of changes. */
export const seesOrders = computed(() => me.value !== undefined && (me.value.branch !== null || me.value.units.length > 0))

function watch(): void {
  if (seesOrders.value && !owes.value) listen()
}

export function holdsAny(wanted: readonly string[]): boolean {
  return wanted.some((role) => roles.value.has(role))
}

let waiting: (() => void)[] = []

onSessionEnd(() => {
  if (!me.value) return Promise.resolve()
  ended.value = true
  return new Promise((resolve) => waiting.push(resolve))
})

/** The session this page knows by the cookie beside it; another window may begin another, for all of the browser. */
let known = ''
let looking: Promise<void> | undefined

async function compare(now: string): Promise<void> {
  const answer = await fetch('/api/v1/me', { headers: { accept: 'application/json' } }).catch(() => undefined)
  if (!answer?.ok) return // ended, or out of reach: the request itself will tell
  const found = (await answer.json()) as Me
  // Somebody else sits here now: what this page shows is not theirs, and what is typed on it must not be done in their name.
  if (me.value && found.account !== me.value.account) {
    window.location.assign('/console/')
    return new Promise(() => undefined)
  }
  known = now
}

onOtherSession(async () => {
  const now = csrfToken()
  if (!me.value || now === '' || now === known) return
  await (looking ??= compare(now).finally(() => (looking = undefined)))
})

/** Looks whether a session stands; true when somebody is signed in. */
export async function begin(): Promise<boolean> {
  if (me.value) return true
  // The cookie beside the session's own, which no script can see: without it there is nobody to ask for.
  if (!csrfToken()) return false
  try {
    me.value = await ask(api.GET('/api/v1/me'))
    known = csrfToken()
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return false
    throw error
  }
  watch()
  return true
}

export interface Given {
  username: string
  password: string
  otp?: string
}

/** Signs in; after the end of a session the page goes on where it stood. */
export async function signIn({ username, password, otp }: Given): Promise<void> {
  await ask(api.POST('/api/v1/sessions', { body: { username, password, otp: otp || null } }))
  if (ended.value) {
    ended.value = false
    for (const resume of waiting.splice(0)) resume()
    watch()
    return
  }
  queries.clear()
  me.value = undefined
  await begin()
}

/** Signs out. Throws where the server could not be told: the session would go on behind a closed door. */
export async function signOut(): Promise<void> {
  try {
    await ask(api.DELETE('/api/v1/sessions/current'))
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error
  }
  deafen()
  leave()
}

/** Forget everything of this account and start at the door. */
export function leave(): void {
  waiting = []
  window.location.assign('/console/sign-in')
}
