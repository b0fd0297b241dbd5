import { api, ask } from '@/api/client'
import { queries } from '@/api/queries'
import type { Brief } from '@/api/schema'
import { unique } from '../unique'
import type { Values } from '../form/schema'

/** Does a verb against a version, and loads anew what shows the order. */
export async function act(number: string, verb: string, body: Values, version: number, key = unique()): Promise<Brief> {
  // Each verb has a path of its own with a body of its own; which one is known only from `/verbs`.
  const path = `/api/v1/orders/{number}/verbs/${verb}` as '/api/v1/orders/{number}/verbs/sign'
  const params = { path: { number }, header: { 'If-Match': `"${version}"`, 'Idempotency-Key': key } }
  const made = await ask(api.POST(path, { params, body: body as never }))
  refresh(number)
  return made
}

/** Load anew what shows an order, here and in lists. */
export function refresh(number: string): void {
  void queries.invalidateQueries({ queryKey: ['order', number] })
  for (const list of ['orders', 'worklist', 'board']) void queries.invalidateQueries({ queryKey: [list] })
}
