SELECT 'D-' || deal_id AS deal_id, 'C-' || contact_id AS contact_id, role, position
FROM deal_contact
WHERE edition_id = :organisation
ORDER BY deal_contact.deal_id, position;
