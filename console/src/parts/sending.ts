import { unique } from './unique'

export interface Keys {
  of: (body: object) => string
  done: () => void
}

/**
 * Keys of what one form sends: the same while the same is sent again, whatever has become of the order, for the first
 * may have arrived and its answer been lost. Once it is known to be done, the next is another thing.
 */
export function keysOf(): Keys {
  let key = ''
  let sent: string | undefined
  return {
    of(body) {
      const now = JSON.stringify(body)
      if (now !== sent) key = unique()
      sent = now
      return key
    },
    done: () => (sent = undefined),
  }
}
