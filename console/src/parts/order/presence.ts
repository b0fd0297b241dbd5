import { onBeforeUnmount, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { api, ask } from '@/api/client'
import { onEvent } from '@/api/live'
import type { Person, Present } from '@/api/schema'
import { ended } from '@/session'

/** A beat counts for thirty seconds on the server. */
const BEAT = 10_000

/** Who else has an order open; says meanwhile that this account has. */
export function usePresence(number: string, doing: MaybeRefOrGetter<'viewing' | 'editing'>): Ref<Person[]> {
  const others = ref<Person[]>([])
  const params = { path: { number } }

  async function beat(): Promise<void> {
    if (ended.value) return // else one would wait for each ten seconds until somebody signs in again
    try {
      others.value = (await ask(api.PUT('/api/v1/orders/{number}/presence', { params, body: { doing: toValue(doing) } }))).others
    } catch {
      // Without company nothing is lost: changes are told apart by versions all the same.
      others.value = []
    }
  }

  void beat()
  const timer = setInterval(() => document.visibilityState === 'visible' && void beat(), BEAT)
  const deaf = onEvent('presence', (data) => {
    const told = data as Present
    if (told.number === number) others.value = told.others
  })
  watch(() => toValue(doing), beat)
  onBeforeUnmount(() => {
    clearInterval(timer)
    deaf()
    void api.DELETE('/api/v1/orders/{number}/presence', { params }).catch(() => undefined)
  })
  return others
}
