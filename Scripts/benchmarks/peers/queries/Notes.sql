SELECT
  'N-' || note.note_id AS note_id,
  'D-' || note.deal_id AS deal_id,
  deal.deal_name,
  'C-' || note.contact_id AS contact_id,
  contact.full_name AS contact_name,
  note.note_content,
  'U-' || note.author_id AS author_id,
  author.name AS author_name,
  author.email AS author_email,
  CASE note.important WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS important,
  CASE note.archived WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS archived,
  note.created_at,
  note.updated_at,
  note.source_id
FROM note
LEFT JOIN deal ON deal.edition_id = note.edition_id AND deal.deal_id = note.deal_id
LEFT JOIN contact ON contact.edition_id = note.edition_id AND contact.contact_id = note.contact_id
LEFT JOIN user AS author ON author.organisation_id = :organisation AND author.id = note.author_id
WHERE note.edition_id = :organisation
ORDER BY note.note_id;
