-- Ends a grant once its connection is free again: its place is free at once, for the rate it counts one window longer.
-- KEYS: 1 endpoint open, 2 endpoint recent, 3 tenant open, 4 tenant recent, 5 block, 6 lease of the try.
-- ARGV: 1 grant, 2 window (ms), 0 when nothing was sent, 3 result of the try, empty when another try may follow at once, 4 how long the result is kept
--       (ms), 5 for how long the endpoint asked for nothing (ms), 6 longest lease (ms).
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local window = tonumber(ARGV[2])
for i = 1, 3, 2 do
  redis.call('ZREM', KEYS[i], ARGV[1])
  if window > 0 then
    -- Added anew where Redis lost it meanwhile.
    redis.call('ZADD', KEYS[i + 1], now + window, ARGV[1])
    redis.call('PEXPIRE', KEYS[i + 1], window + tonumber(ARGV[6]))
  else
    redis.call('ZREM', KEYS[i + 1], ARGV[1])
  end
end
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[6], ARGV[3], 'PX', ARGV[4])
elseif redis.call('GET', KEYS[6]) == ARGV[1] then
  redis.call('DEL', KEYS[6])
end
local blockMs = tonumber(ARGV[5])
if blockMs > 0 and now + blockMs > tonumber(redis.call('GET', KEYS[5]) or '0') then
  redis.call('SET', KEYS[5], now + blockMs, 'PX', blockMs)
end
return 1
