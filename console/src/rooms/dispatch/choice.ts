import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref } from 'vue'
import { api, ask } from '@/api/client'
import type { Choice, operations } from '@/api/schema'

type Kind = operations['chooseUnit']['parameters']['query']['kind']

export interface Class {
  category?: string | undefined
  area_code?: string | undefined
  kind: string
}

/** Which unit the catalogue names for a class, and on what basis. */
export function askChoice({ category, area_code, kind }: Class): Promise<Choice> {
  return ask(api.GET('/api/v1/catalogue/choice', { params: { query: { category: category ?? '', area_code: area_code ?? '', kind: kind as Kind } } }))
}

export function useChoice(of: ComputedRef<Class>): { choice: Ref<Choice | undefined>; looking: Ref<boolean>; ready: ComputedRef<boolean> } {
  const ready = computed(() => Boolean(of.value.category && of.value.area_code))
  const { data, isFetching } = useQuery({ queryKey: ['choice', of], queryFn: () => askChoice(of.value), enabled: ready, staleTime: 30_000 })
  return { choice: computed(() => (ready.value ? data.value : undefined)), looking: isFetching, ready }
}
