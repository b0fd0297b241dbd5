import { moment } from '../time'
import { vocabulary, word } from '../vocabulary'
import { locale } from '@/words'

interface Names {
  unitName: (id: number) => string
  categoryName: (code: string) => string
  areaName: (code: string) => string
}

const LABELS: Record<string, { zh: string; en: string }> = {
  lead: { zh: '主办', en: 'Lead' },
  assists: { zh: '协办', en: 'Assists' },
  unit: { zh: '单位', en: 'Unit' },
  before: { zh: '原主办', en: 'Before' },
  suggested_unit: { zh: '建议承办单位', en: 'Suggested unit' },
  basis: { zh: '依据', en: 'Basis' },
  legal_basis: { zh: '法律依据', en: 'Legal basis' },
  category: { zh: '事项分类', en: 'Category' },
  area_code: { zh: '区划', en: 'Area' },
  kind: { zh: '类型', en: 'Kind' },
  urgency: { zh: '紧急程度', en: 'Urgency' },
  level: { zh: '级别', en: 'Level' },
  days: { zh: '工作日', en: 'Working days' },
  due_at: { zh: '到期', en: 'Due' },
  approve: { zh: '同意', en: 'Granted' },
  solved: { zh: '已解决', en: 'Solved' },
  contacted: { zh: '已联系', en: 'Contacted' },
  reached: { zh: '已接通', en: 'Reached' },
  service: { zh: '服务评价', en: 'Service' },
  handling: { zh: '办理评价', en: 'Handling' },
  to: { zh: '转往', en: 'To' },
  into: { zh: '并入', en: 'Into' },
  reference: { zh: '对方编号', en: 'Reference' },
  ground: { zh: '情形', en: 'Ground' },
  code: { zh: '情形', en: 'Class' },
  tool: { zh: '方式', en: 'Tool' },
  late: { zh: '超过退单时限', en: 'Too late' },
}

/** Words of the place for a code, whichever of its lists holds it. */
function ofPlace(code: string): string {
  for (const list of Object.values(vocabulary.value?.place ?? {})) {
    const found = (list as { value: string; zh: string; en: string }[]).find(({ value }) => value === code)
    if (found) return locale() === 'en' ? found.en : found.zh
  }
  return code
}

function plain(name: string, value: unknown, names: Names): string {
  if (typeof value === 'boolean') return locale() === 'en' ? (value ? 'yes' : 'no') : value ? '是' : '否'
  if (['lead', 'unit', 'before', 'suggested_unit'].includes(name)) return names.unitName(Number(value))
  if (Array.isArray(value)) return value.map((one: unknown) => (typeof one === 'number' ? names.unitName(one) : String(one))).join('、')
  if (name === 'category') return names.categoryName(String(value))
  if (name === 'area_code') return names.areaName(String(value))
  if (name === 'kind') return word('kinds', String(value))
  if (name === 'urgency') return word('urgencies', String(value))
  if (name === 'due_at') return moment(typeof value === 'number' ? new Date(value * 1000).toISOString() : String(value))
  return ['ground', 'code', 'tool'].includes(name) ? ofPlace(String(value)) : String(value)
}

/** The facts of a step a person wants to read, named; the rest is for machines. */
export function factsOf(facts: Record<string, unknown>, names: Names): { label: string; value: string }[] {
  return Object.entries(LABELS).flatMap(([name, label]) => {
    const value = facts[name]
    if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return []
    return [{ label: locale() === 'en' ? label.en : label.zh, value: plain(name, value, names) }]
  })
}
