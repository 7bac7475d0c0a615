-- Notes the messages of one conversation, each by the event that told of it, and answers those whose snapshot came first.
-- KEYS[1] hash of the conversation; ARGV: time to live (ms), then for each event: its id, the position of its record, what to keep of it.
-- A field is `i` (known), `r` (a snapshot reflects it, the event was not seen yet) or `c` (processed; by which record), then what belongs to it.
local answer = {}
for i = 2, #ARGV, 3 do
  local id, position, kept = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local known = redis.call('HGET', KEYS[1], id)
  local own = 'c' .. position .. ' '
  if not known then
    redis.call('HSET', KEYS[1], id, 'i' .. kept)
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
