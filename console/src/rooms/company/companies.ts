import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, ask } from '@/api/client'
import type { Case, CompanyView } from '@/api/schema'
import { place } from '@/place'

export interface Entry {
  one: CompanyView
  cases: readonly Case[]
}

/** The companies the account may see, each with what was decided about it. */
export function useCompanies() {
  const client = useQueryClient()
  const { data, error } = useQuery({
    queryKey: ['companies'],
    queryFn: async (): Promise<Entry[]> => {
      const { items } = await ask(api.GET('/api/v1/companies'))
      return Promise.all(
        items.map(async (one) => ({ one, cases: (await ask(api.GET('/api/v1/companies/{unit}/cases', { params: { path: { unit: one.unit_id } } }))).items })),
      )
    },
  })
  return { entries: data, error, reload: () => client.invalidateQueries({ queryKey: ['companies'] }) }
}

interface CompanyRule {
  days: number
  least: number
  complaint: number
  probation: number
  removal: number
  basis: { document: string; clause: string }
}
interface MergingRules {
  merging?: { companies?: CompanyRule; social_services?: { on: boolean } }
}

/** What the place's rules say of companies. */
export const companyRules = computed(() => {
  const merging = (place.value?.rules as MergingRules | undefined)?.merging
  const rule = merging?.companies
  const { document, clause } = rule?.basis ?? { document: '', clause: '' }
  return { joined: merging?.social_services?.on === true, said: rule && { ...rule, clause: `${document} ${clause}` } }
})
