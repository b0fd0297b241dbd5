import { useWords } from '@/words'

export const zh = {
  title: '承办工作台',
  tabs: {
    sign: '待签收',
    hand: '办理中',
    soon: '即将到期',
    late: '已超期',
    sentBack: '被退回',
    returned: '申请退单中',
    assist: '协办',
    review: '待单位审核',
    supervised: '督办',
    done: '近期办结',
  },
  signAll: '全选',
  signChosen: '签收所选（{n}）',
  signed: '已签收 {n} 件',
  notSigned: '{number} 未能签收：{why}',
  reply: {
    public: '对诉求人的答复',
    publicHint: '办结后原文告知诉求人，请勿写内部情况和他人信息。',
    internal: '内部办理情况',
    internalHint: '只有工作人员可见，不告知诉求人。',
  },
}

export const en: typeof zh = {
  title: 'Unit desk',
  tabs: {
    sign: 'To sign',
    hand: 'In hand',
    soon: 'Due soon',
    late: 'Overdue',
    sentBack: 'Sent back',
    returned: 'Being returned',
    assist: 'Assisting',
    review: 'Own review',
    supervised: 'Supervised',
    done: 'Done lately',
  },
  signAll: 'All',
  signChosen: 'Sign the chosen ({n})',
  signed: '{n} signed',
  notSigned: '{number} was not signed: {why}',
  reply: {
    public: 'Reply to the citizen',
    publicHint: 'The citizen gets these words when the order is closed: nothing internal, nothing about others.',
    internal: 'Internal notes',
    internalHint: 'For staff alone; the citizen never sees them.',
  },
}

export const useUnitWords = () => useWords('unit', { zh, en })
