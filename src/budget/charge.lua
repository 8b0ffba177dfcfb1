-- A leaky bucket: `src/budget/bucket.rs`, in one step for all processes, by the clock of Redis.
-- KEYS[1] the bucket; ARGV: room, parts drained a millisecond, what is poured in (below zero: taken out).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room, drain, poured = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(kept[1] or 0), tonumber(kept[2] or now)
level = math.max(0, level - math.max(0, now - at) * drain)
local filled = math.max(0, level + poured)
if poured > 0 and filled > room then
  return { 0, string.format('%.0f', level) }
end
if filled ~= level then
  redis.call('HSET', KEYS[1], 'level', string.format('%.0f', filled), 'at', string.format('%.0f', math.max(now, at)))
  redis.call('PEXPIRE', KEYS[1], math.ceil(filled / drain) + 1000)
end
return { 1, string.format('%.0f', filled) }
