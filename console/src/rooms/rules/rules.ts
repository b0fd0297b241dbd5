/** One rule of a place: what it says, where it is written, which layer it comes from. */
export interface Rule {
  /** E.g. `limits.sign`. */
  path: string
  section: string
  /** The rule's own name, where it has one. */
  name: { zh: string; en: string } | undefined
  value: Record<string, unknown>
  clause: string
  quote: string
  /** How the clause is read, or why it is so where no document says. */
  reading: string
  layer: string
}

type Plain = Record<string, unknown>
const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function holdsRules(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsRules)
  return isPlain(value) && ('basis' in value || Object.values(value).some(holdsRules))
}

function ruleOf(path: string, found: Plain): Rule {
  const { basis, zh, en, ...rest } = found
  const of = isPlain(basis) ? basis : {}
  const clause = [text(of.number) || text(of.document), text(of.clause), text(of.source)].filter(Boolean).join(' ')
  const value = Object.fromEntries(Object.entries(rest).filter(([, part]) => part !== null && !holdsRules(part)))
  const name = typeof zh === 'string' ? { zh, en: text(en) || zh } : undefined
  return { path, section: path.split('.')[0] ?? '', name, value, clause, quote: text(of.quote), reading: text(of.reading) || text(of.design), layer: text(of.layer) }
}

/** Every rule of the sections, in their order; what stands within a rule and has a basis of its own is a rule too. */
export function rulesOf(value: unknown, path = ''): Rule[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => rulesOf(one, `${path}.${isPlain(one) && typeof one.code === 'string' ? one.code : index + 1}`))
  if (!isPlain(value)) return []
  const own = 'basis' in value ? [ruleOf(path, value)] : []
  return [...own, ...Object.entries(value).flatMap(([key, part]) => (key === 'basis' ? [] : rulesOf(part, path ? `${path}.${key}` : key)))]
}

/** The value in words: alone where there is one, else each with its name. */
export function said({ value }: Rule, yes: string, no: string): string {
  const one = (part: unknown): string => {
    if (typeof part === 'boolean') return part ? yes : no
    if (Array.isArray(part)) return part.map(one).join('、')
    if (isPlain(part)) return Object.entries(part).filter(([, inner]) => inner !== null).map(([key, inner]) => `${key} ${one(inner)}`).join('，')
    return String(part)
  }
  const parts = Object.entries(value)
  const [first] = parts
  if (first && parts.length === 1) return one(first[1])
  return parts.map(([key, part]) => `${key}：${one(part)}`).join('；')
}

/** Whether a rule says, names or quotes the words. */
export function fits(rule: Rule, wanted: string): boolean {
  if (!wanted) return true
  const whole = [rule.path, rule.name?.zh, rule.name?.en, JSON.stringify(rule.value), rule.clause, rule.quote, rule.reading, rule.layer].join(' ').toLowerCase()
  return wanted.toLowerCase().split(/\s+/).every((word) => whole.includes(word))
}

export interface Difference {
  path: string
  ours: Rule | undefined
  theirs: Rule | undefined
}

/** Rules two places set otherwise, or that one alone has. The same value on another basis is no difference. */
export function differences(ours: Rule[], theirs: Rule[]): Difference[] {
  const here = new Map(ours.map((rule) => [rule.path, rule]))
  const there = new Map(theirs.map((rule) => [rule.path, rule]))
  const content = (rule: Rule | undefined): string => JSON.stringify(rule && [rule.name?.zh, rule.value])
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((path) => ({ path, ours: here.get(path), theirs: there.get(path) }))
    .filter((one) => content(one.ours) !== content(one.theirs))
}
