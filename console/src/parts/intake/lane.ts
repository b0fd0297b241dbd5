import { computed } from 'vue'
import { place } from '@/place'

interface Rules {
  flow?: { enterprise?: { on?: boolean } }
}

/** The place has a lane for enterprises: their matters go first, on clocks of their own. */
export const hasLane = computed(() => (place.value?.rules as Rules | undefined)?.flow?.enterprise?.on === true)
