-- Sets a chain to what was read back, unless it holds later numbers.
-- KEYS: 1 chain. ARGV: 1 last number, 2 id that has it, 3 time to live (ms).
local stored = redis.call('GET', KEYS[1])
local last = tonumber(ARGV[1])
if stored and cjson.decode(stored).n >= last then return 0 end
local chain = { n = last, e = { { i = ARGV[2], p = '', q = last, s = '', o = 0 } } }
redis.call('SET', KEYS[1], cjson.encode(chain), 'PX', ARGV[3])
return 1
