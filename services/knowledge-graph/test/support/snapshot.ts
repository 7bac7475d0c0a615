import type { ConversationSnapshot } from '@millrace/schemas'

export const BEGUN = 1_694_046_470_930

/** A conversation with one message and one comment. */
export const snapshot: ConversationSnapshot = {
  tenant: 'default',
  account: 'default',
  conversation_id: 'cnv_1',
  state: 'live',
  merged_into: null,
  completeness: 'full',
  as_of: BEGUN + 5_000,
  caused_by: ['evt_1'],
  pending: [],
  is_first: true,
  subject: 'Order',
  status: 'assigned',
  assignee: { id: 'tea_1', name: 'Ann', handle: 'ann@acme.example' },
  recipient: null,
  tags: [],
  custom_fields_json: '{"Tier":0}',
  created_at: BEGUN,
  messages: [
    {
      id: 'msg_1',
      type: 'email',
      is_inbound: true,
      created_at: BEGUN,
      subject: null,
      blurb: null,
      text: 'Please call bo@other.example',
      is_truncated: false,
      author: null,
      recipients: [{ name: 'Bo', handle: 'bo@other.example', role: 'from' }],
      attachments: [],
    },
  ],
  comments: [
    { id: 'com_1', author: { id: 'tea_1', name: null, handle: null }, text: 'see #86d3f01jq', posted_at: BEGUN },
  ],
  has_more: false,
  fold_json: '{}',
}
