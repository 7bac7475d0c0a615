-- Claims the messages that a snapshot is the first to reflect, and answers what was kept of each. A record that is read again finds its own claims.
-- KEYS[1] hash of the conversation; ARGV: time to live (ms), position of the snapshot's record, its time, most fields, then the ids of the events.
local answer = {}
local own = 'c' .. ARGV[2] .. ' '
local listed = {}
for i = 5, #ARGV do
  local id = ARGV[i]
  listed[id] = true
  local known = redis.call('HGET', KEYS[1], id)
  if not known then
    redis.call('HSET', KEYS[1], id, 'r' .. ARGV[3])
  elseif string.sub(known, 1, 1) == 'i' then
    redis.call('HSET', KEYS[1], id, own .. string.sub(known, 2))
    answer[#answer + 1] = string.sub(known, 2)
  elseif string.sub(known, 1, #own) == own then
    answer[#answer + 1] = string.sub(known, #own + 1)
  end
end
-- What no snapshot names any more is done with; a hash of that many fields is a busy conversation of days.
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[4]) then
  for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
    local kind = string.sub(redis.call('HGET', KEYS[1], id), 1, 1)
    if not listed[id] and kind ~= 'i' then redis.call('HDEL', KEYS[1], id) end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return answer
