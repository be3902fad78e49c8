SELECT
  'T-' || task.task_id AS task_id,
  'D-' || task.deal_id AS deal_id,
  deal.deal_name,
  'C-' || task.contact_id AS contact_id,
  contact.full_name AS contact_name,
  task.task_name,
  task.task_details,
  'U-' || task.assigned_to_id AS assigned_to_id,
  assignee.name AS assigned_to_name,
  assignee.email AS assigned_to_email,
  task.due_date,
  task.status,
  task.completed_at,
  task.priority,
  CASE task.archived WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS archived,
  task.created_at,
  task.updated_at,
  task.source_id
FROM task
LEFT JOIN deal ON deal.edition_id = task.edition_id AND deal.deal_id = task.deal_id
LEFT JOIN contact ON contact.edition_id = task.edition_id AND contact.contact_id = task.contact_id
LEFT JOIN user AS assignee
  ON assignee.organisation_id = :organisation AND assignee.id = task.assigned_to_id
WHERE task.edition_id = :organisation
ORDER BY task.task_id;
