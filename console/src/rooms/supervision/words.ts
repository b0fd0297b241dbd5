import { useWords } from '@/words'

export const zh = {
  title: '督办台',
  tabs: { open: '督办单', bad: '差评待认定', late: '已超期', soon: '即将超期', urged: '市民催办' },
  hint: {
    open: '已发出、尚未答复的督办单：由谁答复、何时到期。',
    bad: '诉求人评为不满意的工单：认定重办，或说明理由不予重办。',
    late: '各单位和热线已超期的事项，可发督办单、提级或协调。',
    soon: '按本地规则临期的事项。',
    urged: '诉求人催办过、尚未答复的工单。',
  },
}

export const en: typeof zh = {
  title: 'Supervision',
  tabs: { open: 'Open orders of supervision', bad: 'Bad ratings', late: 'Overdue', soon: 'Due soon', urged: 'Urged' },
  hint: {
    open: 'Supervision that waits for its answer: from whom, until when.',
    bad: 'Rated as not satisfied: to be done again, or declined with a reason.',
    late: 'What units and the hotline owe past its due.',
    soon: 'Due soon by the rules of this place.',
    urged: 'Pressed by citizens and not answered yet.',
  },
}

export const useSupervisionWords = () => useWords('supervision', { zh, en })
