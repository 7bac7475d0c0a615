-- Raises the time known of each conversation, never lowers it. KEYS[1]: sorted set; ARGV[1]: milliseconds that it lives on without a change;
-- then pairs of time and conversation.
for place = 2, #ARGV, 2 do
  local known = redis.call('ZSCORE', KEYS[1], ARGV[place + 1])
  if not known or tonumber(known) < tonumber(ARGV[place]) then
    redis.call('ZADD', KEYS[1], ARGV[place], ARGV[place + 1])
  end
end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
