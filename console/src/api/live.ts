import { ref } from 'vue'
import { queries } from './queries'
import type { YihaoOrdersLiveChange as Change } from './schema'

/** Whether changes of other people reach this page just now. */
export const live = ref<'connecting' | 'live' | 'lost'>('connecting')

type Listener = (change: Change) => void
const listeners = new Set<Listener>()
const others = new Set<[string, (event: MessageEvent<string>) => void]>()

/** Keys (first words) of what shows many orders: loaded anew a moment after any of them changes. */
const LISTS = new Set(['orders', 'worklist', 'board', 'indicators'])
const MOMENT = 700
/** The server says something every 15 seconds; after three silent times the way to it is broken. */
const SILENCE = 45_000

let source: EventSource | undefined
let due: ReturnType<typeof setTimeout> | undefined
let silent: ReturnType<typeof setTimeout> | undefined

function heard(): void {
  live.value = 'live'
  clearTimeout(silent)
  silent = setTimeout(() => {
    live.value = 'lost'
    if (source) listen()
  }, SILENCE)
}

function refreshLists(): void {
  due ??= setTimeout(() => {
    due = undefined
    void queries.invalidateQueries({ predicate: ({ queryKey }) => LISTS.has(String(queryKey[0])) })
  }, MOMENT)
}

/** Calls back for each change of an order; returns how to stop that. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Calls back for events of another name on the same stream; returns how to stop that. */
export function onEvent(name: string, listener: (data: unknown) => void): () => void {
  const take = (event: MessageEvent<string>): void => listener(JSON.parse(event.data))
  others.add([name, take])
  source?.addEventListener(name, take)
  return () => {
    for (const one of others) if (one[1] === take) others.delete(one)
    source?.removeEventListener(name, take)
  }
}

/** Listen, from signing in to signing out. The browser connects again by itself and says where it stopped. */
export function listen(): void {
  source?.close()
  source = new EventSource('/api/v1/stream')
  source.onopen = heard
  source.onerror = () => {
    live.value = 'lost'
    // A refusal (the session ended, too many pages) closes it for good: try anew after a while.
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => source?.readyState === EventSource.CLOSED && listen(), 5_000)
  }
  source.addEventListener('beat', heard)
  for (const [name, take] of others) source.addEventListener(name, take)
  source.addEventListener('change', (event: MessageEvent<string>) => {
    heard()
    const change = JSON.parse(event.data) as Change
    void queries.invalidateQueries({ queryKey: ['order', change.number] })
    refreshLists()
    for (const listener of listeners) listener(change)
  })
  source.addEventListener('reload', () => {
    heard()
    // A printed sheet stays as it was printed; reading it anew would be recorded as another print.
    void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'print' })
  })
}

// A connection that was cut without a word shows by nothing else for a while.
window.addEventListener('offline', () => source && (live.value = 'lost'))
window.addEventListener('online', () => source && listen())

export function deafen(): void {
  clearTimeout(silent)
  source?.close()
  source = undefined
}
