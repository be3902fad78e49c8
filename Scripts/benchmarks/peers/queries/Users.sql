SELECT
  'U-' || id AS user_id,
  name,
  email,
  role,
  CASE active WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS active
FROM user
WHERE organisation_id = :organisation
ORDER BY id;
