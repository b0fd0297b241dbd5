import { onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { me } from '@/session'
import { unique } from './unique'
import { shelf, type Kept } from './vault'

/** Milliseconds of rest after which what was typed is kept. */
const REST = 400

/** What was typed before in this form and never sent. */
export interface Offer<State> {
  slot: string
  at: number
  state: State
}

export interface Draft<State> {
  /** Kept safely, kept in this page only, or nothing to keep. */
  kept: Ref<'sealed' | 'memory' | 'empty'>
  /** When it was last kept, milliseconds. */
  keptAt: Ref<number | undefined>
  /** To be restored or thrown away; `DraftOffer` shows them. */
  offers: ShallowRef<Offer<State>[]>
  restore: (offer: Offer<State>) => Promise<void>
  discard: (offer: Offer<State>) => Promise<void>
  /** It was sent, and `state` stands as for the next: nothing of it is kept. */
  done: () => Promise<void>
}

type Plain = Record<string, unknown>

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Lays what was kept over what is there: a draft of an older console may lack a part. */
function layOver(there: Plain, kept: Plain): void {
  for (const [name, value] of Object.entries(kept)) {
    const under = there[name]
    if (isPlain(under) && isPlain(value)) layOver(under, value)
    else there[name] = value
  }
}

/** Held while a page lives, so that another page does not offer what is just being typed there. */
function living(slot: string): () => void {
  let release = (): void => undefined
  void navigator.locks?.request(`draft ${slot}`, () => new Promise<void>((resolve) => (release = resolve)))
  return () => release()
}

async function alive(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? []
  return new Set(held.map(({ name }) => name?.replace('draft ', '') ?? ''))
}

/**
 * Keeps what is typed into `state` until it is sent, also when the browser dies, and offers it again.
 *
 * @param form name of the form, one for each desk or order: `seat`, `reply/202601055328000000017`.
 * @param state reactive, of plain values that JSON can hold; as it stands now it counts as empty.
 * @param worth whether there is anything to keep, where more than the person's typing changes `state`
 */
export function useDraft<State extends object>(form: string, state: State, worth: (state: State) => boolean = () => true): Draft<State> {
  const slot = unique()
  const release = living(slot)
  const place = `${me.value?.account ?? 0}/${form}`
  const kept: Draft<State>['kept'] = ref('empty')
  const keptAt = ref<number>()
  const offers = shallowRef<Offer<State>[]>([])
  let empty = JSON.stringify(state)
  let timer: ReturnType<typeof setTimeout> | undefined
  let last: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const text = JSON.stringify(state)
    const { shelf: where, lasting } = await shelf()
    if (text === empty || !worth(state)) {
      await where.remove(slot)
      kept.value = 'empty'
      return
    }
    await where.put(place, { slot, at: Date.now(), text })
    kept.value = lasting ? 'sealed' : 'memory'
    keptAt.value = Date.now()
  }

  /** One after the other: a removal never overtakes the writing before it. */
  function keep(): Promise<void> {
    clearTimeout(timer)
    last = last.then(write).catch(() => void (kept.value = 'memory'))
    return last
  }

  function hidden(): void {
    if (document.visibilityState === 'hidden') void keep()
  }

  function offer({ slot: from, at, text }: Kept): Offer<State> {
    return { slot: from, at, state: JSON.parse(text) as State }
  }

  async function look(): Promise<void> {
    const { shelf: where } = await shelf()
    const [found, busy] = await Promise.all([where.list(place), alive()])
    offers.value = found
      .filter((one) => one.slot !== slot && !busy.has(one.slot))
      .sort((a, b) => b.at - a.at)
      .map(offer)
  }

  async function discard({ slot: from }: Offer<State>): Promise<void> {
    offers.value = offers.value.filter((one) => one.slot !== from)
    await (await shelf()).shelf.remove(from)
  }

  async function restore(chosen: Offer<State>): Promise<void> {
    layOver(state as Plain, chosen.state as Plain)
    await keep()
    await discard(chosen)
  }

  async function done(): Promise<void> {
    empty = JSON.stringify(state)
    await keep()
  }

  watch(
    () => state,
    () => {
      clearTimeout(timer)
      timer = setTimeout(keep, REST)
    },
    { deep: true },
  )
  document.addEventListener('visibilitychange', hidden)
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', hidden)
    void keep().then(release)
  })
  void look().catch(() => undefined)
  return { kept, keptAt, offers, restore, discard, done }
}
