-- Claims the messages that a snapshot is the first to reflect, and answers what was kept of each. A record that is read again finds its own claims.
-- What an event told of its message comes with it, and is let go soon after.
-- KEYS: 1 hash of the conversation, then for each event where what it told is kept.
-- ARGV: time to live (ms), position of the snapshot's record, its time, most fields, how long what was told is kept from now on (ms), then the ids of the events.
local answer = {}
local own = 'c' .. ARGV[2] .. ' '
local listed = {}
local function claim(kept, place)
  answer[#answer + 1] = { kept, redis.call('GET', place) or '' }
  redis.call('PEXPIRE', place, ARGV[5])
end
for i = 6, #ARGV do
  local id = ARGV[i]
  local place = KEYS[i - 4]
  listed[id] = true
  local known = redis.call('HGET', KEYS[1], id)
  if not known then
    redis.call('HSET', KEYS[1], id, 'r' .. ARGV[3])
  elseif string.sub(known, 1, 1) == 'i' then
    redis.call('HSET', KEYS[1], id, own .. string.sub(known, 2))
    claim(string.sub(known, 2), place)
  elseif string.sub(known, 1, #own) == own then
    claim(string.sub(known, #own + 1), place)
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
