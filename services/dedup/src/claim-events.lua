-- Claims a batch of identities for one input partition, in one step.
-- KEYS: 1 marker, 2 watermarks, 3.. one claim an identity.
-- ARGV: 1 marker expected, 2 partition, 3 committed offset, 4 offset after the batch, 5 claim's time to live (ms),
--       then for each identity: position, received at (ms), window (ms, 0 = no window), completeness (f or p).
-- A claim is "position|first received at|completeness|position of the fuller copy".
-- Answers 'refill' when Redis does not hold every claim below the committed offset; else for each identity: verdict, first received at.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'refill' end
local watermark = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or '0')
if watermark < tonumber(ARGV[3]) then return 'refill' end

local answer = {}
local ttl = ARGV[5]
for i = 3, #KEYS do
  local at = 6 + (i - 3) * 4
  local position, received, window, completeness = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local held = redis.call('GET', KEYS[i])
  local verdict, first = 'new', received
  if held then
    local parts = {}
    for part in string.gmatch(held .. '|', '([^|]*)|') do parts[#parts + 1] = part end
    local apart = math.abs(tonumber(received) - tonumber(parts[2]))
    if parts[1] == position then
      verdict, first = 'new', parts[2]
    elseif parts[4] == position then
      verdict, first = 'fuller', parts[2]
    elseif window == 0 or apart <= window then
      first = parts[2]
      if parts[3] == 'p' and completeness == 'f' then
        verdict = 'fuller'
        redis.call('SET', KEYS[i], parts[1] .. '|' .. parts[2] .. '|f|' .. position, 'PX', ttl)
      else
        verdict = 'duplicate'
      end
    else
      held = false
    end
  end
  if not held then redis.call('SET', KEYS[i], position .. '|' .. received .. '|' .. completeness .. '|', 'PX', ttl) end
  answer[#answer + 1] = verdict
  answer[#answer + 1] = first
end
if tonumber(ARGV[4]) > watermark then redis.call('HSET', KEYS[2], ARGV[2], ARGV[4]) end
return answer
