import { computed, reactive, watch, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import type { operations } from '@/api/schema'
import { zone } from '@/parts/time'
import { withOffset } from '@/parts/zone'

type Query = NonNullable<operations['listOrders']['parameters']['query']>

/** What is typed into the filters; the days are the place's. */
export interface Filters {
  q?: string
  state?: string
  unit?: number
  kind?: string
  urgency?: string
  channel?: string
  category?: string
  area?: string
  line?: string
  lane?: string
  overdue?: boolean
  from?: string
  to?: string
}
const TEXTS = ['q', 'state', 'kind', 'urgency', 'channel', 'category', 'area', 'line', 'lane', 'from', 'to'] as const
const DAY = 86_400_000

function read(query: LocationQuery): Filters {
  const made: Filters = {}
  for (const name of TEXTS) if (typeof query[name] === 'string' && query[name]) made[name] = query[name]
  if (/^[0-9]+$/.test(String(query.unit ?? ''))) made.unit = Number(query.unit)
  if (query.overdue === 'true') made.overdue = true
  return made
}

function written(filters: Filters): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined && value !== '' && value !== false).map(([name, value]) => [name, String(value)]))
}

function next(day: string): string {
  return new Date(new Date(`${day}T00:00:00Z`).getTime() + DAY).toISOString().slice(0, 10)
}

/** The days become moments of the place; the last day counts whole. */
export function asked({ from, to, ...rest }: Filters): Query {
  const made: Record<string, unknown> = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== '' && value !== false))
  if (from) made.from = withOffset(`${from}T00:00`, zone.value)
  if (to) made.to = withOffset(`${next(to)}T00:00`, zone.value)
  // Words of an address are any words: the server refuses what it does not know, and names it.
  return made as Query
}

export interface Searching {
  /** As typed. */
  given: Filters
  /** As searched: what the address says. */
  used: ComputedRef<Filters>
  search: () => void
  reset: () => void
}

/** Filters that stand in the address: they survive a reload, and the address can be handed on. */
export function useFilters(): Searching {
  const route = useRoute()
  const router = useRouter()
  const used = computed(() => read(route.query))
  const given = reactive<Filters>({})
  const fill = (from: Filters): void => {
    for (const name of Object.keys(given) as (keyof Filters)[]) delete given[name]
    Object.assign(given, from)
  }
  watch(used, fill, { immediate: true })
  return {
    given,
    used,
    search: () => void router.push({ query: written({ ...given, q: given.q?.trim() }) }),
    reset: () => void router.push({ query: {} }),
  }
}
