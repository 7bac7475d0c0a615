-- Claims a batch of identities for one input partition, in one step.
-- KEYS: 1 marker, 2 watermarks, 3.. one claim an identity.
-- ARGV: 1 marker expected, 2 partition, 3 committed offset, 4 offset after the batch, 5 claim's time to live (ms),
--       then for each identity: position, received at (ms), window (ms, 0 = no window), completeness (f or p), whether it counts (1 or 0).
-- One that does not count by the source's mode claims nothing, so that a copy that counts passes later; but what it claimed when it did count is
-- its own still: the event that it became may be committed any moment, and nobody else would bring it.
-- A claim is "position|first received at|completeness|position of the fuller copy"; one that was read back begins with "=", so that no record
-- takes it for its own: what it speaks of is committed.
-- Answers {'lost'} when Redis does not hold every claim below the committed offset; {'behind', offset} when more than that was committed once;
-- else for each identity: verdict, first received at.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'lost' } end
local partition, committed = ARGV[2], tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[2], partition, 'committed:' .. partition)
local watermark, reached = tonumber(known[1] or '0'), tonumber(known[2] or '0')
if committed < reached then return { 'behind', tostring(known[2]) } end
if watermark < committed then return { 'lost' } end
if committed > reached then redis.call('HSET', KEYS[2], 'committed:' .. partition, ARGV[3]) end

local answer = {}
local ttl = ARGV[5]
for i = 3, #KEYS do
  local at = 6 + (i - 3) * 5
  local position, received, window, completeness = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local counts = ARGV[at + 4] == '1'
  local held = redis.call('GET', KEYS[i])
  local verdict, first = 'new', received
  if held then
    local owner, since, fullness, fuller = string.match(held, '^([^|]*)|([^|]*)|([^|]*)|([^|]*)$')
    local apart = math.abs(tonumber(received) - tonumber(since))
    if owner == position then
      verdict, first = 'new', since
    elseif fuller == position then
      verdict, first = 'fuller', since
    elseif window == 0 or apart <= window then
      first = since
      if counts and fullness == 'p' and completeness == 'f' then
        verdict = 'fuller'
        redis.call('SET', KEYS[i], owner .. '|' .. since .. '|f|' .. position, 'PX', ttl)
      else
        verdict = 'duplicate'
      end
    else
      held = false
    end
  end
  if not held and not counts then
    verdict = 'held'
  elseif not held then
    redis.call('SET', KEYS[i], position .. '|' .. received .. '|' .. completeness .. '|', 'PX', ttl)
  end
  answer[#answer + 1] = verdict
  answer[#answer + 1] = first
end
if tonumber(ARGV[4]) > watermark then redis.call('HSET', KEYS[2], partition, ARGV[4]) end
return answer
