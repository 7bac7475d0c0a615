-- Numbers the deliveries of one endpoint and conversation, in one step, and the same way when they are requested once more after a crash.
-- KEYS: 1 marker, 2 chain. ARGV: 1 source (group and partition), 2 offset committed for it, 3 time to live (ms), 4 number of calls that the caller has
--       seen, then offset and id by turns.
-- A chain is {n: last number, e: [{i: id, p: predecessor, q: number, s: source, o: offset}]}: the last of all, and what may be requested once more.
-- Answers {'lost'} when Redis was emptied or went back, else the number of calls, then for each: number, predecessor ('' for none).
local calls = tonumber(redis.call('HGET', KEYS[1], 'calls'))
if not calls or calls < tonumber(ARGV[4]) then
  redis.call('DEL', KEYS[1])
  return { 'lost' }
end
local stored = redis.call('GET', KEYS[2])
local chain = stored and cjson.decode(stored) or { n = 0, e = {} }
local committed = tonumber(ARGV[2])
local known = {}
for _, entry in ipairs(chain.e) do known[entry.i] = entry end

local answer = { tostring(redis.call('HINCRBY', KEYS[1], 'calls', 1)) }
for at = 5, #ARGV, 2 do
  local id = ARGV[at + 1]
  local entry = known[id]
  if not entry then
    local last = chain.e[#chain.e]
    chain.n = chain.n + 1
    entry = { i = id, p = last and last.i or '', q = chain.n, s = ARGV[1], o = tonumber(ARGV[at]) }
    chain.e[#chain.e + 1] = entry
    known[id] = entry
  end
  answer[#answer + 1] = tostring(entry.q)
  answer[#answer + 1] = entry.p
end

local kept = {}
for place, entry in ipairs(chain.e) do
  if place == #chain.e or entry.s ~= ARGV[1] or entry.o >= committed then kept[#kept + 1] = entry end
end
chain.e = kept
redis.call('SET', KEYS[2], cjson.encode(chain), 'PX', ARGV[3])
return answer
