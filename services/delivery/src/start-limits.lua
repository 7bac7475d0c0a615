-- Begins to count, after Redis was found without the marker: nothing is granted until what was granted before must have ended.
-- KEYS: 1 marker. ARGV: 1 how long that takes (ms).
if redis.call('HEXISTS', KEYS[1], 'ready') == 1 then return 0 end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
redis.call('HSET', KEYS[1], 'ready', now + tonumber(ARGV[1]), 'grants', 0)
return 1
