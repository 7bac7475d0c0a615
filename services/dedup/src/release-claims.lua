-- Takes back what records claimed that go to the dead-letter topic.
-- KEYS: claims. ARGV: for each, the position of its record.
for i, key in ipairs(KEYS) do
  local owner, since, _, fuller = string.match(redis.call('GET', key) or '', '^([^|]*)|([^|]*)|([^|]*)|([^|]*)$')
  if owner == ARGV[i] then
    redis.call('DEL', key)
  elseif fuller == ARGV[i] then
    redis.call('SET', key, owner .. '|' .. since .. '|p|', 'KEEPTTL')
  end
end
return 0
