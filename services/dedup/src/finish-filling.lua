-- Makes a filling count, if it is still the one under way and everything that was added has arrived.
-- KEYS: 1 lock, 2 marker, 3 watermarks. ARGV: 1 lock's token, 2 marker while filling, 3 marker when full, 4 claims added, then partition and
-- watermark by turns.
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
if (redis.call('HGET', KEYS[3], 'filled') or '0') ~= ARGV[4] then return 0 end
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
redis.call('SET', KEYS[2], ARGV[3])
return 1
