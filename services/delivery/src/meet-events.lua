-- Notes the messages of one conversation, each by the event that told of it, and answers those whose snapshot came first.
-- KEYS: 1 hash of the conversation, then for each event where what it told of the message is kept.
-- ARGV: time to live (ms), then for each event: its id, the position of its record, what to keep of it, what it told of the message (may be empty).
-- A field is `i` (known), `r` (a snapshot reflects it, the event was not seen yet) or `c` (processed; by which record), then what belongs to it.
local answer = {}
for i = 2, #ARGV, 4 do
  local id, position, kept, told = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local known = redis.call('HGET', KEYS[1], id)
  local own = 'c' .. position .. ' '
  if not known then
    redis.call('HSET', KEYS[1], id, 'i' .. kept)
    if told ~= '' then redis.call('SET', KEYS[2 + (i - 2) / 4], told, 'PX', ARGV[1]) end
    answer[#answer + 1] = ''
  elseif string.sub(known, 1, 1) == 'r' then
    redis.call('HSET', KEYS[1], id, own .. string.sub(known, 2))
    answer[#answer + 1] = string.sub(known, 2)
  elseif string.sub(known, 1, #own) == own then
    answer[#answer + 1] = string.sub(known, #own + 1)
  else
    answer[#answer + 1] = ''
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return answer
