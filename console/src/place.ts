import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, ask } from '@/api/client'
import { queries } from '@/api/queries'
import type { ProfileView } from '@/api/schema'
import { me } from '@/session'

const FOR_THE_SESSION = Infinity

const read = useQuery(
  {
    queryKey: ['profile'],
    queryFn: () => ask(api.GET('/api/v1/profile')),
    enabled: computed(() => me.value !== undefined),
    staleTime: FOR_THE_SESSION,
  },
  queries,
)

/** The rules of the account's own place; they change rarely, so they are read once a session. */
export const place = computed(() => read.data.value as ProfileView | undefined)
