import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { api, ask } from '@/api/client'
import { queries } from '@/api/queries'
import type { Category, Jurisdiction, UnitView } from '@/api/schema'

/** Units, areas and categories change on few days: read once in a while, shared by every page. */
const KEPT = 10 * 60_000
/** Pages read at most: of more, a name that is missing shows as its number. */
const MOST_PAGES = 20

async function all<Item, Next>(page: (after: Next | undefined) => Promise<{ items: Item[]; next?: Next | null }>): Promise<Item[]> {
  const found: Item[] = []
  let after: Next | undefined
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const { items, next } = await page(after)
    found.push(...items)
    if (next === null || next === undefined) break
    after = next
  }
  return found
}

function register<Item>(name: string, read: () => Promise<Item[]>): UseQueryReturnType<Item[], Error> {
  return useQuery({ queryKey: ['register', name], queryFn: read, staleTime: KEPT }, queries) as UseQueryReturnType<Item[], Error>
}

function named<Item>(data: { value: Item[] | undefined }, key: (item: Item) => string | number): ComputedRef<Map<string | number, Item>> {
  return computed(() => new Map((data.value ?? []).map((item) => [key(item), item])))
}

export function useUnits(): { units: ComputedRef<UnitView[]>; unitName: (id: number | null | undefined) => string } {
  const { data } = register('units', () => all((after?: number) => ask(api.GET('/api/v1/units', { params: { query: { after, limit: 200 } } }))))
  const known = named(data, ({ id }) => id)
  return {
    units: computed(() => data.value ?? []),
    unitName: (id) => (id ? (known.value.get(id)?.name ?? `#${id}`) : ''),
  }
}

export function useCategories(): { categories: ComputedRef<Category[]>; categoryName: (code: string | null | undefined) => string } {
  const { data } = register('categories', async () => (await ask(api.GET('/api/v1/categories'))).items)
  const known = named(data, ({ code }) => code)
  return {
    categories: computed(() => data.value ?? []),
    categoryName: (code) => (code ? (known.value.get(code)?.name ?? code) : ''),
  }
}

export function useAreas(): { areas: ComputedRef<Jurisdiction[]>; areaName: (code: string | null | undefined) => string } {
  const { data } = register('areas', () =>
    all((after?: number) => ask(api.GET('/api/v1/jurisdictions', { params: { query: { after, limit: 1000 } } }))),
  )
  const known = named(data, ({ area_code }) => area_code)
  return {
    areas: computed(() => data.value ?? []),
    areaName: (code) => (code ? (known.value.get(code)?.name ?? code) : ''),
  }
}
