SELECT
  'C-' || contact.contact_id AS contact_id,
  contact.contact_type,
  contact.full_name,
  contact.title,
  contact.first_name,
  contact.middle_name,
  contact.last_name,
  contact.company_name,
  contact.email,
  contact.secondary_email,
  contact.mobile,
  contact.home_phone,
  contact.work_phone,
  contact.date_of_birth,
  contact.marital_status,
  contact.residential_status,
  contact.address_line_1,
  contact.address_line_2,
  contact.suburb,
  contact.state,
  contact.postcode,
  contact.country,
  contact.occupation,
  contact.employer_name,
  'U-' || contact.owner_id AS owner_id,
  owner.name AS owner_name,
  owner.email AS owner_email,
  (
    SELECT group_concat('D-' || deal_id, '; ') FROM (
      SELECT deal_id FROM deal_contact
      WHERE edition_id = contact.edition_id AND contact_id = contact.contact_id ORDER BY deal_id
    )
  ) AS deal_ids,
  contact.labels,
  CASE contact.archived WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS archived,
  contact.created_at,
  contact.updated_at,
  contact.source_id
FROM contact
LEFT JOIN user AS owner ON owner.organisation_id = :organisation AND owner.id = contact.owner_id
WHERE contact.edition_id = :organisation
ORDER BY contact.contact_id;
