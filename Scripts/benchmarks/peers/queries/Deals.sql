SELECT
  'D-' || deal.deal_id AS deal_id,
  deal.deal_ref,
  deal.deal_name,
  deal.workflow,
  deal.stage,
  deal.status,
  'U-' || deal.owner_id AS owner_id,
  owner.name AS owner_name,
  owner.email AS owner_email,
  'C-' || link.contact_id AS primary_contact_id,
  contact.full_name AS primary_contact_name,
  (
    SELECT group_concat('C-' || contact_id, '; ') FROM (
      SELECT contact_id FROM deal_contact
      WHERE edition_id = deal.edition_id AND deal_id = deal.deal_id ORDER BY position
    )
  ) AS contact_ids,
  CASE WHEN deal.deal_value IS NOT NULL THEN printf('%.2f', deal.deal_value / 100.0) END AS deal_value,
  deal.currency,
  CASE WHEN deal.loan_amount IS NOT NULL THEN printf('%.2f', deal.loan_amount / 100.0) END AS loan_amount,
  deal.loan_purpose,
  deal.loan_type,
  deal.lender,
  deal.product,
  CASE WHEN deal.interest_rate IS NOT NULL
    THEN rtrim(rtrim(printf('%.4f', deal.interest_rate / 10000.0), '0'), '.') END AS interest_rate,
  deal.rate_type,
  deal.loan_term_months,
  deal.security_address,
  CASE WHEN deal.security_value IS NOT NULL THEN printf('%.2f', deal.security_value / 100.0) END AS security_value,
  deal.finance_due_date,
  deal.estimated_settlement_date,
  deal.settled_date,
  deal.referrer,
  deal.labels,
  deal.summary,
  CASE deal.archived WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS archived,
  deal.created_at,
  deal.updated_at,
  deal.source_id
FROM deal
LEFT JOIN user AS owner ON owner.organisation_id = :organisation AND owner.id = deal.owner_id
LEFT JOIN deal_contact AS link
  ON link.edition_id = deal.edition_id AND link.deal_id = deal.deal_id AND link.role = 'primary'
LEFT JOIN contact ON contact.edition_id = link.edition_id AND contact.contact_id = link.contact_id
WHERE deal.edition_id = :organisation
ORDER BY deal.deal_id;
