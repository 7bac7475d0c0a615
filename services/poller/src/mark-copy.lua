-- Notes that a copy of an event came, in one step.
-- KEYS: 1 events of its window, 2 open windows, 3 sealed until, 4 compared since, 5 events that one way brought only,
--       6 how many webhooks came lately.
-- ARGV: 1 begin of the window, 2 event's own time, 3 event, 4 webhook or poll, 5 received at, 6 facts (JSON), 7 time to live (ms), 8 most events
--       of a window, 9 time to live of the count (ms).
-- Answers {'early'} for an event from before comparing began, {'noted'}, {'full'} when the window holds its most, {'settled'} for one whose window is
-- told, and {'late', facts} when that told it as brought by the other way only.
if ARGV[4] == 'webhook' then
  redis.call('INCR', KEYS[6])
  redis.call('PEXPIRE', KEYS[6], ARGV[9])
end
local since = redis.call('GET', KEYS[4])
if not since or tonumber(ARGV[2]) < tonumber(since) then return { 'early' } end
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[3]) or '0') then
  local told = redis.call('HGET', KEYS[5], ARGV[3])
  if told and cjson.decode(told).seen_by ~= ARGV[4] then return { 'late', told } end
  return { 'settled' }
end
local held = redis.call('HGET', KEYS[1], ARGV[3])
local mark = held and cjson.decode(held) or cjson.decode(ARGV[6])
if not held and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[8]) then return { 'full' } end
local known = mark[ARGV[4]]
if not known or tonumber(ARGV[5]) < known then mark[ARGV[4]] = tonumber(ARGV[5]) end
redis.call('HSET', KEYS[1], ARGV[3], cjson.encode(mark))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
return { 'noted' }
