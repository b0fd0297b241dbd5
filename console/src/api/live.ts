import { ref } from 'vue'
import { queries } from './queries'
import type { YihaoOrdersLiveChange as Change } from './schema'

/** Whether changes of other people reach this page just now. */
export const live = ref<'connecting' | 'live' | 'lost'>('connecting')

type Listener = (change: Change) => void
const listeners = new Set<Listener>()

/** Keys (first words) of what shows many orders: loaded anew a moment after any of them changes. */
const LISTS = new Set(['orders', 'worklist', 'board', 'indicators'])
const MOMENT = 700

let source: EventSource | undefined
let due: ReturnType<typeof setTimeout> | undefined

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

/** Calls back for events of another name on the same stream. */
export function onEvent(name: string, listener: (data: unknown) => void): () => void {
  const heard = (event: MessageEvent<string>): void => listener(JSON.parse(event.data))
  const known = source
  known?.addEventListener(name, heard as EventListener)
  return () => known?.removeEventListener(name, heard as EventListener)
}

/** Listen, from signing in to signing out. The browser connects again by itself and says where it stopped. */
export function listen(): void {
  source?.close()
  source = new EventSource('/api/v1/stream')
  source.onopen = () => (live.value = 'live')
  source.onerror = () => {
    live.value = 'lost'
    // A refusal (the session ended, too many pages) closes it for good: try anew after a while.
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => source?.readyState === EventSource.CLOSED && listen(), 5_000)
  }
  source.addEventListener('change', (event: MessageEvent<string>) => {
    const change = JSON.parse(event.data) as Change
    void queries.invalidateQueries({ queryKey: ['order', change.number] })
    refreshLists()
    for (const listener of listeners) listener(change)
  })
  source.addEventListener('reload', () => void queries.invalidateQueries())
}

// A connection that was cut without a word shows by nothing else for a while.
window.addEventListener('offline', () => source && (live.value = 'lost'))
window.addEventListener('online', () => source && listen())

export function deafen(): void {
  source?.close()
  source = undefined
}
