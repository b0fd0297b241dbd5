import { expect, it } from 'vitest'
import { firstPassword } from './password'

it('makes passwords of four groups that differ', () => {
  const made = new Set(Array.from({ length: 200 }, firstPassword))
  expect(made.size).toBe(200)
  for (const one of made) expect(one).toMatch(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/)
})
