import { QueryClient } from '@tanstack/vue-query'
import { Problem } from './problem'

/** What has been read, by key. The first word of a key says what it is about: see `about` in live.ts. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // A refusal is an answer; only what did not arrive is asked for again.
      retry: (times, error) => error instanceof Problem && error.lost && times < 2,
    },
  },
})
