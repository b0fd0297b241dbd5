import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, ask } from '@/api/client'
import type { Figures, FigureView, IndicatorView } from '@/api/schema'
import { locale } from '@/words'
import type { Period } from './period'

export type By = FigureView['by']
export const GROUPS: readonly By[] = ['all', 'unit', 'line', 'kind', 'area', 'lane']

/** The figures of a period, for the whole and one group beside it. */
export function useFigures(days: MaybeRefOrGetter<Period>, by: MaybeRefOrGetter<By>): UseQueryReturnType<Figures, Error> {
  return useQuery({
    queryKey: ['indicators', computed(() => toValue(days)), computed(() => toValue(by))],
    queryFn: () => {
      const group = toValue(by)
      return ask(api.GET('/api/v1/indicators', { params: { query: { ...toValue(days), by: group === 'all' ? '' : group } } }))
    },
    placeholderData: (before: Figures | undefined) => before,
  })
}

/** An indicator's name and what it counts, in the chosen language. */
export function told(one: IndicatorView): { label: string; numerator: string; denominator: string; day: string } {
  if (locale() === 'en') return { label: one.english, numerator: one.numerator, denominator: one.denominator, day: one.day }
  return { label: one.label, numerator: one.numerator_zh, denominator: one.denominator_zh, day: one.day_zh }
}

export function isRate(one: IndicatorView | undefined): boolean {
  return one?.measure === 'rate'
}
