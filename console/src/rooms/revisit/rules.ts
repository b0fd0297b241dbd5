import { computed } from 'vue'
import { place } from '@/place'

interface Revisit {
  attempts: number
  different_hours: boolean
}

/** What the place's rules say of revisits. */
export const revisitRule = computed(() => (place.value?.rules as { flow?: { revisit?: Revisit } } | undefined)?.flow?.revisit)
