import { computed, type ComputedRef, type Ref } from 'vue'
import { useRoute, type RouteLocationRaw } from 'vue-router'
import { api, ask } from '@/api/client'
import type { DutyCount, paths, WorkCounts } from '@/api/schema'
import { useWorkCounts, type Of } from '@/parts/counts'
import { usePages, type Pages } from '@/parts/pages'
import { cardsOfOrders, cardsOfWork, type Card } from './cards'

type WorkQuery = NonNullable<paths['/api/v1/worklist']['get']['parameters']['query']>
type OrderQuery = NonNullable<paths['/api/v1/orders']['get']['parameters']['query']>

/** One list of a desk: of what is owed, or of orders. `count`: of what is owed, read from the counts of all. */
export interface List {
  work?: WorkQuery
  orders?: OrderQuery
  count?: (counts: Counts) => number
}

/** How much is owed of a kind, in one colour or in all that run. */
export interface Counts {
  of: (duties: readonly string[], ...colours: ('green' | 'yellow' | 'red')[]) => number
  pending: number
  urged: number
  sentBack: number
}

const RUNNING = ['green', 'yellow', 'red'] as const

function countsOf(found: WorkCounts | undefined): Counts {
  const items = new Map<string, DutyCount>(found?.items.map((one) => [one.duty, one]) ?? [])
  const wanted = (duties: readonly string[]): DutyCount[] => (duties.length ? duties.flatMap((one) => items.get(one) ?? []) : [...items.values()])
  return {
    of: (duties, ...colours) => {
      const each = wanted(duties).flatMap((one) => (colours.length ? colours : RUNNING).map((colour) => one[colour]))
      return each.reduce((sum, one) => sum + one, 0)
    },
    pending: found?.pending ?? 0,
    urged: found?.urged ?? 0,
    sentBack: found?.sent_back ?? 0,
  }
}

/** What is owed, counted for the tabs of a desk. */
export function useCounts(of: Of = 'mine'): ComputedRef<Counts> {
  const found = useWorkCounts(of)
  return computed(() => countsOf(found.value))
}

const PAGE = 50

/** The cards of the list that is open, page by page. */
export function useCards(list: Ref<List>): Pages<Card> {
  const key = computed(() => (list.value.orders ? ['orders', 'desk', list.value.orders] : ['worklist', 'desk', list.value.work]))
  return usePages<Card>(key, async (after) => {
    const { work, orders } = list.value
    if (orders) {
      const found = await ask(api.GET('/api/v1/orders', { params: { query: { limit: PAGE, ...orders, after } } }))
      return { items: cardsOfOrders(found.items), next: found.next }
    }
    const found = await ask(api.GET('/api/v1/worklist', { params: { query: { limit: PAGE, ...work, after } } }))
    return { items: cardsOfWork(found.items), next: found.next }
  })
}

export interface Desk<Tab extends string> {
  tab: ComputedRef<Tab>
  tabs: readonly Tab[]
  counts: ComputedRef<Counts>
  count: (tab: Tab) => number
  pages: Pages<Card>
  /** Number of the order that is open; empty: none. */
  number: ComputedRef<string>
  /** Back to the list, on a phone. */
  back: ComputedRef<RouteLocationRaw>
}

/** A desk of several lists with an order beside: its address says which list and which order is open. */
export function useDesk<Tab extends string>(name: string, lists: Readonly<Record<Tab, List>>, of: Of = 'mine'): Desk<Tab> {
  const route = useRoute()
  const tabs = Object.keys(lists) as Tab[]
  const tab = computed(() => tabs.find((one) => one === route.query.tab) ?? tabs[0]!)
  const counts = useCounts(of)
  return {
    tab,
    tabs,
    counts,
    count: (one) => lists[one].count?.(counts.value) ?? 0,
    pages: useCards(computed(() => lists[tab.value])),
    number: computed(() => String(route.params.number ?? '')),
    back: computed(() => ({ name, params: {}, query: route.query })),
  }
}
