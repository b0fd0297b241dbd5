import { computed, type ComputedRef } from 'vue'
import type { Jurisdiction, JurisdictionDraft, UnitDraft, UnitView } from '@/api/schema'
import { formOf, optionsOf } from '@/parts/form/fields'
import type { FormSchema, Values } from '@/parts/form/schema'
import { useAreas } from '@/parts/registers'
import { vocabulary } from '@/parts/vocabulary'

/** The form of a unit, and the ways between what it holds and what the API takes: places are chosen by their code. */
export function useUnitForm(): { form: ComputedRef<FormSchema>; startOf: (unit: UnitView) => object; draftOf: (body: Values) => UnitDraft } {
  const { areas } = useAreas()
  const form = computed(() =>
    formOf({
      name: { title: ['单位名称', 'Name'], required: true, most: 100 },
      short_name: { title: ['简称', 'Short name'], most: 100 },
      kind: { title: ['类型', 'Kind'], widget: 'choice', required: true, options: optionsOf(vocabulary.value?.unit_kinds) },
      jurisdiction_id: { title: ['所属辖区', 'Place'], widget: 'area', required: true },
      superior_id: { title: ['上级主管部门', 'Superior'], widget: 'unit', hint: ['涉及本单位的投诉举报由其办理', 'Takes complaints about this unit'] },
      office_hours: { title: ['办公时间', 'Office hours'], most: 100, hint: ['如 09:00-12:00,14:00-18:00；不填为按所在地', 'as 09:00-12:00,14:00-18:00; empty: as the place has them'] },
      answers_line: { title: ['自行接听的热线号码', 'Number it answers itself'], most: 12, hint: ['如 12366', 'as 12366'] },
      in_indicators: { title: ['计入考核', 'Counts in the indicators'], widget: 'yes_no', default: true },
      may_register: { title: ['可自行登记诉求', 'May register matters'], widget: 'yes_no', default: false },
      active: { title: ['在用', 'In use'], widget: 'yes_no', default: true },
    }),
  )
  return {
    form,
    startOf: (unit) => ({ ...unit, jurisdiction_id: unit.area_code }),
    draftOf: (body) => {
      const jurisdiction = areas.value.find(({ area_code }) => area_code === body.jurisdiction_id)?.id ?? 0
      return { short_name: null, superior_id: null, office_hours: null, answers_line: null, ...body, jurisdiction_id: jurisdiction } as UnitDraft
    },
  }
}

const kept = {
  name: { title: ['辖区名称', 'Name'], required: true, most: 100 },
  managing_unit_id: { title: ['热线管理机构', 'Managing body'], widget: 'unit' },
  profile: { title: ['采用的地方规则', 'Local rules'], most: 64, hint: ['不填为沿用上级', 'empty: as the place above'] },
} as const

/** A new place below another; what names it in the tree is settled once. */
export const newPlace = (): FormSchema =>
  formOf({
    name: { ...kept.name, title: [...kept.name.title] },
    area_code: { title: ['行政区划代码', 'Area code'], required: true, most: 12, hint: ['GB/T 2260 六位，乡镇九位', 'GB/T 2260: six digits, a township nine'] },
    level: { title: ['层级', 'Level'], widget: 'choice', required: true, options: optionsOf(vocabulary.value?.levels) },
    managing_unit_id: { ...kept.managing_unit_id, title: [...kept.managing_unit_id.title] },
  })

/** Parent, code and level stay: orders carry the path. */
export const oldPlace = (): FormSchema =>
  formOf({
    name: { ...kept.name, title: [...kept.name.title] },
    managing_unit_id: { ...kept.managing_unit_id, title: [...kept.managing_unit_id.title] },
    profile: { ...kept.profile, title: [...kept.profile.title], hint: [...kept.profile.hint] },
  })

export function placeDraft(body: Values, node: Jurisdiction, isNew: boolean): JurisdictionDraft {
  const fixed = isNew ? { parent_id: node.id } : { parent_id: node.parent_id, area_code: node.area_code, level: node.level }
  return { profile: null, managing_unit_id: null, ...body, ...fixed } as JurisdictionDraft
}
