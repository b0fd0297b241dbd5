import { useMutation, useQueryClient, type UseMutationReturnType } from '@tanstack/vue-query'
import { useWords } from '@/words'
import * as words from './words'
import type { Composer } from 'vue-i18n'

/** The words of this room, wherever in it one stands. */
export function useLineWords(): Composer {
  return useWords('lines', words)
}

/** A change of the register, after which what shows lines is loaded anew. */
export function useLineChange<Given, Made>(work: (given: Given) => Promise<Made>): UseMutationReturnType<Made, Error, Given, unknown> {
  const cache = useQueryClient()
  return useMutation({ mutationFn: work, onSuccess: () => cache.invalidateQueries({ queryKey: ['lines'] }) }) as UseMutationReturnType<Made, Error, Given, unknown>
}
